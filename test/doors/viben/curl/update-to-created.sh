curl -X PATCH http://localhost:18790/api/sessions/session-abc123 \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{"status": "created"}'
