curl -X POST https://serai.example/api/v1/images \
  -H "Authorization: Bearer YOUR_API_KEY" \
  -F "file=@screenshot.png" \
  -F "session_id=ses_01933b5a"
