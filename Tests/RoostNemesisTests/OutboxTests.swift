import RoostCore
import RoostNemesis
import Testing

/// The rules of "Numbering" in the client protocol.
@Suite struct OutboxTests {
    private let now = Instant(nanoseconds: 1_000_000_000)

    private func composed(_ count: Int, window: Int = 8) -> Outbox {
        var outbox = Outbox(window: window)
        for _ in 0..<count { outbox.compose(bytes: 20, now: now) }
        return outbox
    }

    private func written(_ outbox: inout Outbox, at time: Instant) -> [String] {
        var items: [String] = []
        while let item = outbox.next(now: time) { items.append("\(item.number)\(item.isRetry ? " again" : "")") }
        return items
    }

    @Test func `dense, and what never left is no retry`() {
        var outbox = composed(3)
        #expect(written(&outbox, at: now) == ["1", "2", "3"])
        outbox.compose(bytes: 20, now: now)
        outbox.connected()
        #expect(written(&outbox, at: now) == ["1 again", "2 again", "3 again", "4"])
    }

    @Test func `a new connection begins with the lowest that is not sent`() {
        var outbox = composed(4)
        _ = written(&outbox, at: now)
        #expect(outbox.sent(upTo: 2, now: now) { _ in } == .progress(2))
        #expect(outbox.sent(upTo: 1, now: now) { _ in } == .known)
        outbox.connected()
        #expect(written(&outbox, at: now) == ["3 again", "4 again"])
    }

    @Test func `after a refusal everything goes out again, later`() {
        var outbox = composed(2)
        _ = written(&outbox, at: now)
        outbox.refused(now: now)
        #expect(written(&outbox, at: now) == [])
        #expect(written(&outbox, at: now + .seconds(1)) == ["1 again", "2 again"])
    }

    @Test func `a sent of what never left is seen`() {
        var outbox = composed(2)
        _ = outbox.next(now: now)
        #expect(outbox.sent(upTo: 2, now: now) { _ in } == .neverWritten)
    }

    @Test func `a message's latency counts from its composition`() {
        var outbox = composed(1)
        _ = written(&outbox, at: now + .seconds(1))
        var latencies: [TimeSpan] = []
        _ = outbox.sent(upTo: 1, now: now + .seconds(3)) { latencies.append($0) }
        #expect(latencies == [.seconds(3)])
    }

    @Test func `a full outbox takes nothing more until something is sent`() {
        var outbox = composed(8)
        #expect(outbox.isFull)
        _ = written(&outbox, at: now)
        _ = outbox.sent(upTo: 1, now: now) { _ in }
        #expect(!outbox.isFull)
    }
}
