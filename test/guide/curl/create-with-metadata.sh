# The guide shows the body without its agent; every session needs one.
curl -X POST https://serai.example/api/v1/sessions \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "agent_id": "agt_01933b5a",
    "title": "Customer Support - Ticket #1234",
    "tags": ["support", "urgent", "billing"]
  }'
