curl -X POST http://localhost:18790/api/sessions \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "agent_id": "CLAUDE_CODE",
    "task_id": "task-xyz",
    "prompt": "Initial prompt for the session"
  }'
