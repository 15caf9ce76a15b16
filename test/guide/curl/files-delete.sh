# Delete file
curl -X DELETE https://serai.example/api/v1/sessions/ses_01933b5a/fs/data.csv \
  -H "Authorization: Bearer YOUR_API_KEY"
