curl -X POST https://serai.example/api/v1/sessions \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "agent_id": "agt_01933b5a00007000800000000001",
    "title": "Q1 Sales Analysis",
    "tags": ["sales", "analytics"],
    "model_id": "mod_01933b5a00007000800000000042"
  }'
