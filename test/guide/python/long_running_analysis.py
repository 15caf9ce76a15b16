from serai import Serai

client = Serai(api_key="YOUR_API_KEY", base_url="https://serai.example")

with open("sales.csv", "rb") as file:
    csv_data = file.read()

# Create session with filesystem capability
session = client.sessions.create(
    agent_id="agt_analyst",
    capabilities=[{"ref": "session_file_system"}]
)

# Upload dataset
client.session_fs.upload(session.id, "sales.csv", csv_data)

# Start analysis
client.messages.create(
    session_id=session.id,
    content="Analyze sales.csv and create a report in report.md"
)

# Stream progress
for event in client.events.stream(session.id):
    if event.type == "tool.completed":
        print(f"Tool: {event.data.tool_name}")
    elif event.type == "turn.completed":
        break

# Download report
report = client.session_fs.read(session.id, "report.md")
print(report)
