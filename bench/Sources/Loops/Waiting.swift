import NIOCore

/// Waits with one line of progress.
enum Waiting {
    /// Longest time without any progress.
    static let patienceSeconds = 60

    /// Waits until a count is reached, as long as it gets on.
    static func until(
        _ wanted: Int, _ what: String, _ progress: Progress, every interval: Duration = .milliseconds(20),
        count: () async throws -> Int
    ) async throws {
        var last = -1
        var changedAt = ContinuousClock.now
        var shown = (at: ContinuousClock.now, count: 0, rate: 0)
        while true {
            let now = try await count()
            if now >= wanted { return }
            if now != last {
                last = now
                changedAt = .now
            }
            let since = shown.at.duration(to: .now).seconds
            if since >= 1 { shown = (.now, now, Int(Double(now - shown.count) / since)) }
            progress.show("\(what): \(now) of \(wanted)" + (shown.rate > 0 ? ", \(shown.rate) a second" : ""))
            guard changedAt.duration(to: .now) < .seconds(patienceSeconds) else {
                throw BenchFailure("\(what): \(now) of \(wanted), and nothing more for \(patienceSeconds) s")
            }
            try await Task.sleep(for: interval)
        }
    }

    /// Opens sockets, some at a time, for a node takes only so many handshakes at once.
    static func forSockets(
        _ count: Int, _ what: String, _ progress: Progress, open: (Int) async throws -> EventLoopFuture<Void>
    ) async throws {
        for batch in Array(0..<count).chunks(of: 64) {
            var opening: [EventLoopFuture<Void>] = []
            for index in batch { opening.append(try await open(index)) }
            for future in opening { try await future.get() }
            progress.show("connecting \(what): \(batch.endIndex) of \(count)")
        }
    }
}
