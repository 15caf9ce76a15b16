curl -X POST http://localhost:3000/api/v1/sessions \
  -H "Authorization: Bearer <token>" \
  -H "Content-Type: application/json" \
  -d '{
    "project_id": "my-app",
    "issue_id": "42",
    "prompt": "Add input validation",
    "branch": "feat/validation",
    "role": "implementer"
  }'
