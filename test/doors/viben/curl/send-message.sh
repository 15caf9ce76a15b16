curl -X POST http://localhost:18790/api/sessions/session-abc123/message \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "content": "Please continue with the implementation"
  }'
