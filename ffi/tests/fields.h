/* Made by `make generate`: the optional fields of an event, for tests that want each of them. */
#define TEXTS(X) \
  X(agent_name, overten_event_agent_name) \
  X(format, overten_event_format) \
  X(status, overten_event_status) \
  X(summary, overten_event_summary) \
  X(download_url, overten_event_download_url) \
  X(edit_url, overten_event_edit_url) \
  X(message, overten_event_message)
#define NUMBERS(X) \
  X(credits_used, overten_event_credits_used)
#define WHOLE_NUMBERS(X) \
  X(duration_ms, overten_event_duration_ms)
