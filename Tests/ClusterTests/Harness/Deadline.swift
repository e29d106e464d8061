/// What a test waits for did not happen in time.
struct WaitedInVain: Error, CustomStringConvertible {
    let what: String
    let seconds: Double

    var description: String { "waited \(seconds) s in vain for \(what)" }
}

/// Looks every few milliseconds until the condition holds; throws when it does not in time.
func wait(
    for what: @autoclosure () -> String, seconds: Double = 15, isolation: isolated (any Actor)? = #isolation,
    until condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while try await !condition() {
        guard ContinuousClock.now < end else { throw WaitedInVain(what: what(), seconds: seconds) }
        try await Task.sleep(for: .milliseconds(5))
    }
}
