curl "https://serai.example/api/v1/sessions?offset=2&limit=1" \
  -H "Authorization: Bearer YOUR_API_KEY"
