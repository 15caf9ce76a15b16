curl "http://localhost:18790/api/sessions?limit=1" \
  -H "Authorization: Bearer YOUR_API_KEY"
