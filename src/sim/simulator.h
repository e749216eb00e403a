#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace mk::sim {

struct SimulatorOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  unsigned threads = 8;
  std::string certificate_pem, key_pem;  // both set: HTTPS
  std::vector<std::string> users;        // NAME:PASSWORD[:RIGHTS], see parse_user()
  /// ADDRESS=FILE.pst, ADDRESS=fts:DIR, ADDRESS=synthetic:N:MEANBYTES:SEED[:FOLDERS[:SHARED]], ADDRESS=empty
  std::vector<std::string> mailboxes;
  std::vector<std::string> versions;      // of the schema, Exchange2013_SP1 ...; none: all that are known
  std::string fault_script;               // JSON, empty for none
  std::filesystem::path persist;          // where mailboxes are kept between runs; empty: nowhere
  std::filesystem::path spool_directory;  // for the bytes of items; empty: the system's temporary directory
};

/// A stateful Exchange server with EWS, for tests, demonstrations and benchmarks; docs/guides/simulator.md.
///
/// It shares no code with mk::ews and keeps items as the bytes that came in.
/// Errors:  start(): kInvalid  an option, named; others  of loading a mailbox and of listening
/// Bounds:  requests as large as a server of that version takes; items lie on disk
/// Threads: any
class Simulator {
 public:
  static Result<std::unique_ptr<Simulator>> start(const SimulatorOptions& options);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  std::uint16_t port() const;
  std::string url() const;  // of the EWS endpoint
  Status set_faults(const std::string& script);
  std::string counters() const;  // JSON: requests, bytes, items, faults by operation
  /// Writes what has changed to the `persist` directory.
  Status save();

 private:
  struct State;
  explicit Simulator(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace mk::sim
