# Only turn lifecycle events
curl "https://serai.example/api/v1/sessions/ses_01933b5a/sse?types=turn.started&types=turn.completed" \
  -H "Authorization: Bearer YOUR_API_KEY"
