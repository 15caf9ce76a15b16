# What the EventSource of the guide asks for.
curl https://serai.example/api/v1/sessions/ses_01933b5a/sse \
  -H "Authorization: Bearer YOUR_API_KEY"
