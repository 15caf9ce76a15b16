curl -X POST https://serai.example/api/v1/sessions/ses_01933b5a/messages \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "message": {
      "content": [
        { "type": "text", "text": "What is in this screenshot?" },
        { "type": "image_file", "image_id": "img_01933b5a", "filename": "screenshot.png" }
      ]
    }
  }'
