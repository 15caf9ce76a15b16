curl -X DELETE http://localhost:3000/api/v1/sessions/myapp-abc123 \
  -H "Authorization: Bearer <token>"
