curl -X POST https://serai.example/api/v1/sessions \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{ "agent_id": "agt_support", "title": "Customer Issue #4567" }'
