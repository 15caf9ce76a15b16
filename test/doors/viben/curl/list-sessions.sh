curl "http://localhost:18790/api/sessions?task_id=task-xyz&agent_id=CLAUDE_CODE&status=active" \
  -H "Authorization: Bearer YOUR_API_KEY"
