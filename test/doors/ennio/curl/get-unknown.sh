curl http://localhost:3000/api/v1/sessions/myapp-def456 \
  -H "Authorization: Bearer <token>"
