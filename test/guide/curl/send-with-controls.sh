curl -X POST https://serai.example/api/v1/sessions/ses_01933b5a/messages \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "message": {
      "content": [
        { "type": "text", "text": "Write a detailed analysis" }
      ],
      "controls": {
        "max_tokens": 2000,
        "temperature": 0.7
      }
    }
  }'
