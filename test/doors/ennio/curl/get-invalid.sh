curl http://localhost:3000/api/v1/sessions/my.app \
  -H "Authorization: Bearer <token>"
