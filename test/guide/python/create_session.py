from serai import Serai

client = Serai(api_key="YOUR_API_KEY", base_url="https://serai.example")

session = client.sessions.create(
    agent_id="agt_01933b5a00007000800000000001",
    title="Q1 Sales Analysis",
    tags=["sales", "analytics"],
    model_id="mod_01933b5a00007000800000000042"  # Optional override
)

print(f"Session created: {session.id}")
