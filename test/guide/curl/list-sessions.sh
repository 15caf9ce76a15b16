curl "https://serai.example/api/v1/sessions?offset=0&limit=20" \
  -H "Authorization: Bearer YOUR_API_KEY"
