curl -X POST https://serai.example/api/v1/sessions/chat \
  -H "Authorization: Bearer YOUR_API_KEY"
