/// Why a run could not be carried out; what the nodes did wrong is in the report instead.
package enum NemesisError: Error, Equatable, CustomStringConvertible {
    /// A program that the run needs failed.
    case commandFailed(command: String, status: Int32, output: String)
    /// A node ended by itself, or did not come up.
    case nodeNotUp(name: String, log: String)
    /// Something did not happen in time.
    case waitedInVain(what: String, seconds: Double)
    /// An answer that cannot be read.
    case unreadable(what: String)
    /// Somebody wanted it to end.
    case interrupted
    /// An option is out of its range.
    case invalidOption(String)

    /// One sentence for a person.
    package var description: String {
        switch self {
        case .commandFailed(let command, let status, let output): "\(command): status \(status): \(output)"
        case .nodeNotUp(let name, let log): "\(name) is not up; the end of its log:\n\(log)"
        case .waitedInVain(let what, let seconds): "waited \(Int(seconds)) s in vain for \(what)"
        case .unreadable(let what): "\(what) cannot be read"
        case .interrupted: "it was interrupted"
        case .invalidOption(let text): text
        }
    }
}

/// Looks every so often until the condition holds; throws when it does not in time.
func wait(for what: @autoclosure () -> String, seconds: Double, until condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw NemesisError.waitedInVain(what: what(), seconds: seconds) }
        try await Task.sleep(for: .milliseconds(20))
    }
}
