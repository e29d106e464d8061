import Histogram
import NIOCore
import RoostClient
import RoostCore
import RoostSession

/// One device: sends its numbered messages to the next user, reads those of the user before, and keeps to the client
/// protocol through whatever happens to the nodes. Everything happens on the workload's loop.
final class WorkloadClient {
    enum Link {
        /// Becomes `connecting` when its time has come.
        case offline(until: Instant)
        /// Becomes `greeting`, or `offline` when nothing answers.
        case connecting
        /// `hello` is out. Becomes `online` by `welcome`.
        case greeting(ClientSocket)
        /// Becomes `offline` when the connection ends.
        case online(ClientSocket)
        /// Kept away by a nemesis. Becomes `offline` when it is let go.
        case held
    }

    let index: Int
    let credentials: Credentials
    private unowned let workload: WorkloadState
    private var link = Link.offline(until: .zero)
    /// The node of the present connection, or of the last.
    private(set) var node: NodeAddress?
    private var nodeIndex: Int
    // Ends of earlier connections are no news.
    private var life = 0
    private var failures: UInt64 = 0
    private var byeWait: TimeSpan?
    private var lastHeard = Instant.zero
    private var pingedAt: Instant?
    private var ackDue: [StreamKey: StreamNumber] = [:]

    var outbox: Outbox
    var checker = StreamChecker()

    /// With something to send, so long a silence is worth a ping, and twice as long another node.
    private static let silenceMax = TimeSpan.seconds(3)
    private static let reconnectWaitMax = TimeSpan.seconds(2)
    private static let reconnectWaitFirst = TimeSpan.milliseconds(500)

    init(index: Int, credentials: Credentials, workload: WorkloadState) {
        self.index = index
        self.credentials = credentials
        self.workload = workload
        nodeIndex = index
        outbox = Outbox(window: workload.options.window)
    }

    var isOnline: Bool { if case .online = link { true } else { false } }
    var isHeld: Bool { if case .held = link { true } else { false } }

    // MARK: Time

    func tick(_ now: Instant) {
        switch link {
        case .offline(let until):
            if now >= until { connect(now) }
        case .greeting(let socket):
            // Nothing may be said before `welcome`, a ping neither.
            if now.since(lastHeard) > WorkloadClient.silenceMax * 2 { socket.abort() }
        case .online(let socket):
            guard !outbox.isEmpty, now.since(lastHeard) > WorkloadClient.silenceMax else { return pump(now) }
            if let pingedAt {
                if now.since(pingedAt) > WorkloadClient.silenceMax { socket.abort() }
            } else {
                pingedAt = now
                socket.send(.ping(nonce: 1))
                socket.flush()
            }
        case .connecting, .held: break
        }
    }

    /// Writes what may be written.
    func pump(_ now: Instant) {
        guard case .online(let socket) = link else { return }
        while let item = outbox.next(now: now) {
            socket.send(
                .send(
                    .init(
                        to: workload.reader(of: index).credentials.user, stream: workload.stream, number: item.number,
                        body: MessageBody.make(pair: index, number: item.number, count: item.bytes),
                        isRetry: item.isRetry)))
        }
        socket.flush()
    }

    // MARK: What a nemesis does to it

    /// Breaks its connection off, as a phone in a tunnel does.
    func cut() {
        switch link {
        case .greeting(let socket), .online(let socket): socket.abort()
        case .offline, .connecting, .held: break
        }
    }

    /// Moves back to the node it had at first, so that every node has clients again after some were struck.
    func goHome(_ now: Instant) {
        guard !isHeld, !workload.nodes.isEmpty else { return }
        nodeIndex = index
        guard node != workload.nodes[index % workload.nodes.count] else { return }
        switch link {
        case .greeting(let socket), .online(let socket):
            life += 1
            link = .offline(until: now)
            socket.close()
        case .offline, .connecting, .held: break
        }
    }

    func hold(_ now: Instant) {
        cut()
        life += 1
        link = .held
        outbox.gauge.stoppedWaiting()
    }

    func letGo(_ now: Instant) {
        guard isHeld else { return }
        link = .offline(until: now)
        if !outbox.isEmpty { outbox.gauge.beganToWait(now) }
    }

    // MARK: Connections

    private func connect(_ now: Instant) {
        guard !workload.nodes.isEmpty else { return }
        link = .connecting
        life += 1
        let address = workload.nodes[nodeIndex % workload.nodes.count]
        node = address
        let attempt = Attempt(client: self, life: life)
        let bound = NIOLoopBound(attempt, eventLoop: workload.eventLoop)
        ClientSocket.connect(
            .init(address: address, token: credentials.token), on: workload.eventLoop
        ) { socket in
            bound.value.opened(socket)
            return bound.value
        }
        .whenFailure { error in
            bound.value.failed(error)
        }
    }

    fileprivate func opened(_ socket: ClientSocket) {
        lastHeard = workload.now
        pingedAt = nil
        link = .greeting(socket)
        ackDue = [:]
        socket.send(.hello(.init(window: Limits.windowDefault, client: "roost-nemesis")))
    }

    fileprivate func failed(_ error: any Error) {
        if case ClientError.refused(_, 401, _, let text) = error {
            workload.totals.wrongRefusals += 1
            workload.totals.fault("\(credentials.user): a good token was refused by \(described): \(text)")
        }
        wentOffline()
    }

    fileprivate func wentOffline() {
        guard !isHeld else { return }
        workload.totals.reconnects += 1
        nodeIndex += 1
        let now = workload.now
        if let wait = byeWait {
            byeWait = nil
            link = .offline(until: now + wait)
            return
        }
        let most = min(
            WorkloadClient.reconnectWaitFirst * (1 << min(failures, 8)), WorkloadClient.reconnectWaitMax)
        failures += 1
        let wait = TimeSpan(nanoseconds: UInt64.random(in: 0...most.nanoseconds, using: &workload.random))
        link = .offline(until: now + wait)
    }

    private var described: String { node.map { "\($0)" } ?? "no node" }

    // MARK: Frames

    fileprivate func received(_ frame: ServerFrame, on socket: ClientSocket) {
        let now = workload.now
        lastHeard = now
        pingedAt = nil
        switch frame {
        case .welcome:
            link = .online(socket)
            failures = 0
            outbox.connected()
            pump(now)
        case .sent(_, let stream, let upTo): sent(stream, upTo: upTo, now)
        case .message(let message): take(message)
        case .error(let error): refused(error, now)
        case .bye(_, let milliseconds): byeWait = .milliseconds(UInt64(milliseconds))
        case .accepted, .receipt, .state, .pong, .drained, .presence, .groupReceipt, .typing: break
        }
    }

    fileprivate func readCycleEnded(on socket: ClientSocket) {
        // What has come is counted, which is as stored as it gets here.
        for (key, upTo) in ackDue { socket.send(.ack(key, upTo: upTo)) }
        ackDue = [:]
    }

    private func sent(_ stream: UInt64, upTo: StreamNumber, _ now: Instant) {
        let before = outbox.sentUpTo
        let answer =
            stream == workload.stream
            ? outbox.sent(upTo: upTo, now: now) { workload.latency.record(max(1, $0.nanoseconds / 1000)) }
            : .neverWritten
        switch answer {
        case .progress(let count): workload.totals.acknowledged += count
        case .known: break
        case .neverWritten:
            workload.totals.wrongRefusals += 1
            workload.totals.fault(
                "\(credentials.user): \(described) said that \(upTo) of stream \(stream) is sent, after \(before)")
        }
    }

    private func take(_ message: ServerFrame.Message) {
        let writer = workload.writer(for: index)
        ackDue[message.key] = max(ackDue[message.key] ?? 0, message.number)
        guard message.from.text == writer.credentials.user, message.key.device == writer.credentials.device,
            message.key.stream == workload.stream
        else {
            workload.totals.foreign += 1
            return workload.totals.fault("\(credentials.user): a message of \(message.from), \(message.key)")
        }
        if !MessageBody.matches(message.body, pair: writer.index, number: message.number) {
            workload.totals.damaged += 1
            workload.totals.fault("\(credentials.user): \(message.number) came from \(described) with another body")
        }
        switch checker.arrived(message.number, writtenUpTo: writer.outbox.writtenUpTo) {
        case .inOrder: workload.totals.received += 1
        case .again:
            if workload.options.isForgetful(index) {
                workload.totals.duplicatesShown += 1
            } else {
                workload.totals.duplicatesThrownAway += 1
            }
        case .misordered:
            workload.totals.received += 1
            workload.totals.misordered += 1
            workload.totals.fault("\(credentials.user): \(message.number) came after \(checker.highest)")
        case .early(let missing):
            workload.totals.received += 1
            workload.totals.fault(
                "\(credentials.user): \(message.number) came from \(described), \(missing) before it are missing")
        case .neverWritten:
            workload.totals.foreign += 1
            workload.totals.fault("\(credentials.user): \(message.number) came, which nobody wrote")
        }
    }

    private func refused(_ error: ErrorFrame, _ now: Instant) {
        let isExpected =
            switch error.code {
            case .unavailable, .diskFull, .mailboxFull, .overloaded, .tooManyUnsent, .sessionReplaced: true
            // What comes next can never be something that was acknowledged.
            case .sequenceGap: error.expected > outbox.sentUpTo
            case .badFrame, .notYours, .tooLate, .unauthenticated, .bodyTooLarge, .badUserName, .unknownUser,
                .badNumber, .sequenceReused, .badAck, .deviceRemoved, .accountDisabled, .rateLimited, .tooManyWatched,
                .notAMember:
                false
            }
        // Each message that waited is refused on its own; the first says it all.
        let isFirst = outbox.retryAt == nil
        if isExpected {
            if isFirst { workload.totals.refusals["\(error.code)", default: 0] += 1 }
        } else if isFirst {
            workload.totals.wrongRefusals += 1
            workload.totals.fault(
                "\(credentials.user): \(described) answered \(error.code) (\(error.text)) to number \(error.number), "
                    + "expects \(error.expected); \(outbox.sentUpTo) of \(outbox.writtenUpTo) are sent")
        }
        if error.number > 0, error.code != .badAck { outbox.refused(now: now) }
    }
}

/// One attempt to connect, and the connection that it became. What it hears after the client has gone on is dropped.
private final class Attempt: ClientSocketDelegate {
    private let client: WorkloadClient
    private let life: Int
    private var isOver = false

    init(client: WorkloadClient, life: Int) {
        self.client = client
        self.life = life
    }

    func opened(_ socket: ClientSocket) {
        guard client.isAlive(life) else { return socket.abort() }
        client.opened(socket)
    }

    func failed(_ error: any Error) {
        guard !isOver, client.isAlive(life) else { return }
        isOver = true
        client.failed(error)
    }

    func received(_ frame: ServerFrame, on socket: ClientSocket) {
        guard client.isAlive(life) else { return }
        client.received(frame, on: socket)
    }

    func readCycleEnded(on socket: ClientSocket) {
        guard client.isAlive(life) else { return }
        client.readCycleEnded(on: socket)
    }

    func ended(_ end: SocketEnd, on socket: ClientSocket) {
        guard !isOver, client.isAlive(life) else { return }
        isOver = true
        client.wentOffline()
    }
}

extension WorkloadClient {
    fileprivate func isAlive(_ life: Int) -> Bool { self.life == life }
}
