# List files
curl https://serai.example/api/v1/sessions/ses_01933b5a/fs \
  -H "Authorization: Bearer YOUR_API_KEY"
