curl -X POST https://serai.example/api/v1/sessions/ses_01933b5a/cancel \
  -H "Authorization: Bearer YOUR_API_KEY"
