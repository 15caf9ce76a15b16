curl -X POST https://serai.example/api/v1/sessions \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "agent_id": "agt_01933b5a",
    "capabilities": [
      { "ref": "web_fetch" },
      { "ref": "session_file_system", "config": { "max_file_size_mb": 10 } }
    ]
  }'
