curl -X POST http://localhost:3000/api/v1/sessions/myapp-abc123/send \
  -H "Authorization: Bearer <token>" \
  -H "Content-Type: application/json" \
  -d '{
    "message": "Also add unit tests for the validation logic"
  }'
