curl -X DELETE http://localhost:18790/api/sessions/session-abc123 \
  -H "Authorization: Bearer YOUR_API_KEY"
