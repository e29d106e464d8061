import RoostCore
import RoostSession

/// A session under test, with its clock: each call is one event and returns what the machine asks for.
struct Conversation {
    var machine: SessionMachine
    var now = Instant.zero + .seconds(100)

    init(bearerToken: String? = nil, changeWindows: ChangeWindows = .standard) {
        machine = SessionMachine(
            nodeName: "n1", bearerToken: bearerToken, ownStream: ownStream, changeWindows: changeWindows, now: now)
    }

    /// Welcomed as bob, with nothing pending.
    static func live(window: Int = 0, changeWindows: ChangeWindows = .standard) -> Conversation {
        var session = Conversation.subscribing(window: window, changeWindows: changeWindows)
        _ = session.backlog([])
        return session
    }

    /// Welcomed as bob; the owners have not answered yet.
    static func subscribing(window: Int = 0, changeWindows: ChangeWindows = .standard) -> Conversation {
        var session = Conversation(bearerToken: "t", changeWindows: changeWindows)
        _ = session.hears(.hello(.init(window: window)))
        _ = session.authenticated()
        return session
    }

    /// Live, and its stream to carol has been opened and stands at `top`.
    static func sending(top: StreamNumber = 0) -> Conversation {
        var session = Conversation.live()
        _ = session.sends(top + 1)
        _ = session.opened(top: top)
        _ = session.batchSent()
        return session
    }

    mutating func hears(_ frame: ClientFrame) -> [SessionAction] {
        step { machine, now, actions in machine.received(frame, now: now, wallMilliseconds: wallTime, into: &actions) }
    }

    mutating func sends(_ number: StreamNumber, _ body: String = "x", isRetry: Bool = false) -> [SessionAction] {
        hears(.send(send(number, body, isRetry: isRetry)))
    }

    mutating func authenticated() -> [SessionAction] {
        step { machine, _, actions in machine.authenticated(user: bob, device: 0xB0B, into: &actions) }
    }

    mutating func backlog(_ streams: [SessionMachine.BacklogStream]) -> [SessionAction] {
        step { machine, now, actions in machine.backlogKnown(streams, now: now, into: &actions) }
    }

    mutating func opened(_ key: OutboundKey = toCarol, top: StreamNumber) -> [SessionAction] {
        step { machine, _, actions in machine.streamOpened(key, top: top, into: &actions) }
    }

    mutating func batchSent(_ key: OutboundKey = toCarol) -> [SessionAction] {
        step { machine, _, actions in machine.batchSent(key, into: &actions) }
    }

    mutating func fails(
        _ code: ErrorCode, _ text: String = "no", key: OutboundKey = toCarol, at number: StreamNumber? = nil
    ) -> [SessionAction] {
        step { machine, _, actions in machine.streamFailed(key, code, text, at: number, into: &actions) }
    }

    mutating func pushed(
        _ number: StreamNumber, key: StreamKey = fromAlice, lostFrom: StreamNumber = 0, watermark: StreamNumber = 0
    ) -> [SessionAction] {
        step { machine, now, actions in
            machine.pushed(message(number, key, lostFrom: lostFrom), watermark: watermark, now: now, into: &actions)
        }
    }

    mutating func announced(_ number: StreamNumber, watermark: StreamNumber = 0) -> [SessionAction] {
        machine.announced(fromAlice, from: alice, number: number, watermark: watermark)
        return []
    }

    mutating func fetched(_ numbers: [StreamNumber], key: StreamKey = fromAlice, watermark: StreamNumber = 0)
        -> [SessionAction]
    {
        step { machine, now, actions in
            machine.fetched(key, numbers.map { message($0, key) }, watermark: watermark, now: now, into: &actions)
        }
    }

    mutating func acks(_ upTo: StreamNumber, _ key: StreamKey = fromAlice) -> [SessionAction] {
        hears(.ack(key, upTo: upTo))
    }

    mutating func waits(_ span: TimeSpan) -> [SessionAction] {
        now = now + span
        return step { machine, now, actions in machine.tick(now: now, into: &actions) }
    }

    /// Waits as long as the replica that pushes may take, and looks after gaps.
    mutating func losesPatience() -> [SessionAction] {
        now = now + SessionMachine.gapPatience
        return step { machine, now, actions in machine.repairGaps(now: now, into: &actions) }
    }

    mutating func step(
        _ event: (inout SessionMachine, Instant, inout [SessionAction]) -> Void
    ) -> [SessionAction] {
        var actions: [SessionAction] = []
        event(&machine, now, &actions)
        return actions
    }
}
