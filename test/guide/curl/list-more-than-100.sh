curl "https://serai.example/api/v1/sessions?limit=500" \
  -H "Authorization: Bearer YOUR_API_KEY"
