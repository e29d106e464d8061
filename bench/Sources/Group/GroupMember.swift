import Histogram
import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// A member of the group under load: writes its share, and checks what it gets.
final class GroupMember: SessionClientOwner {
    /// Which of the members it is.
    let index: Int
    let client: SessionClient
    private let load: GroupLoad
    private var composedAt: [ClientSession.MessageID: UInt64] = [:]
    /// Messages that this one has still to write.
    private(set) var left = 0
    /// How far it has got each sender's messages.
    private var receivedUpTo: [UInt64]
    private var lastNumber: [StreamKey: StreamNumber] = [:]
    /// Of the senders and numbers of all that came, in order.
    private(set) var orderHash: UInt64 = 0
    private(set) var isReady = false

    init(index: Int, credentials: Credentials, load: GroupLoad) {
        self.index = index
        self.load = load
        client = SessionClient(credentials: credentials, nodes: load.nodes, first: index, loop: load.loop)
        receivedUpTo = Array(repeating: 0, count: load.senders)
        client.attach(self)
    }

    /// Begins to write so many messages.
    func start(_ count: Int) {
        left = count
        fill()
    }

    func readCycleEnded() {
        fill()
    }

    func perform(_ action: ClientSession.Action) {
        switch action {
        case .show(let message): take(message)
        case .tick(let id, .sent): sent(id)
        case .refused(_, let code, _): load.errors["\(code)", default: 0] += 1
        case .note(let error): load.errors["\(error.code)", default: 0] += 1
        case .drained: isReady = true
        case .stop(.closed), .save, .write, .abort, .reconnect, .tick, .receiptElsewhere, .presence, .groupReceipt,
            .typing, .online:
            break
        case .stop(let reason): load.errors["stopped: \(reason)", default: 0] += 1
        }
    }

    private func fill() {
        while left > 0, client.unsentCount < load.window {
            let number = load.perSender - left + 1
            left -= 1
            let body = load.body(sender: index, number: UInt64(number), at: load.now)
            client.step { session, now, actions in
                guard let id = session.compose(to: load.group, body: body, now: now, into: &actions) else { return }
                composedAt[id] = now.nanoseconds
            }
        }
    }

    private func sent(_ id: ClientSession.MessageID) {
        guard let began = composedAt.removeValue(forKey: id) else { return }
        load.sent += 1
        load.sentLatency.record((load.now.nanoseconds - began) / 1000)
    }

    private func take(_ message: ClientSession.ReceivedMessage) {
        let (header, body) = message.content.parts
        guard message.from == load.group else { return load.foreign += 1 }
        if let last = lastNumber[message.key], message.number != last + 1 { load.gaps += 1 }
        lastNumber[message.key] = message.number
        guard header.kind == .plain else { return }
        guard let (sender, number, at) = load.parts(of: Array(body)) else { return load.foreign += 1 }
        if number == receivedUpTo[sender] + 1 {
            receivedUpTo[sender] = number
        } else if number <= receivedUpTo[sender] {
            load.duplicates += 1
        } else {
            load.misordered += 1
        }
        orderHash = (orderHash &* 0x0000_0100_0000_01B3) ^ (UInt64(sender) << 32 | number)
        load.delivered += 1
        load.deliveredLatency.record((load.now.nanoseconds - min(at, load.now.nanoseconds)) / 1000)
    }
}
