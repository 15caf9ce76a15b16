from serai import Serai

client = Serai(api_key="YOUR_API_KEY", base_url="https://serai.example")

session = client.sessions.create(
    agent_id="agt_support",
    title="Customer Issue #4567"
)

# Turn 1
client.messages.create(
    session_id=session.id,
    content="User reports login issues"
)

# Wait for turn.completed event
for event in client.events.stream(session.id):
    if event.type == "turn.completed":
        break

# Turn 2
client.messages.create(
    session_id=session.id,
    content="Checked logs, found rate limiting. Fixed."
)

# Wait for turn.completed event
for event in client.events.stream(session.id):
    if event.type == "turn.completed":
        break

# Turn 3
client.messages.create(
    session_id=session.id,
    content="Summarize the resolution"
)
