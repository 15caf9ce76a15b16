curl -X PATCH https://serai.example/api/v1/sessions/ses_01933b5a \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "title": "Q1 Sales Analysis - Complete",
    "tags": ["sales", "analytics", "completed"]
  }'
