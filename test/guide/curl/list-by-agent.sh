curl "https://serai.example/api/v1/sessions?agent_id=agt_01933b5a" \
  -H "Authorization: Bearer YOUR_API_KEY"
