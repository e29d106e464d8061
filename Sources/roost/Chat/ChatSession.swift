import Foundation
import NIOCore
import NIOPosix
import RoostClient
import RoostCore
import RoostSession

/// The shell around a ``ClientSession``: one task takes events in order and does what the machine says.
final class ChatSession {
    private let nodes: [NodeAddress]
    private let store: ChatStore
    private let view: any ChatView
    private let continuation: AsyncStream<ChatEvent>.Continuation
    private let lingerSeconds: Int
    private var machine: ClientSession
    private var peer: Address?
    /// Whom to talk to from the start.
    private let peerName: String?
    private var link: ChatLink?
    private var onScreen = PeerOnScreen()
    private var nodeIndex = 0
    private var connection = "connecting"
    private var changed: [Int] = []
    private var isSaveDue = false
    private var timer: Task<Void, Never>?
    private var timerDeadline = Instant.distantFuture
    private var leaveAt: Instant?
    private var isEnding = false
    private var isLeaving = false
    private var failure: ChatFailure?
    /// The place of the last message of this device in each group's order.
    private var ownPlaces: [Address: (key: StreamKey, number: StreamNumber)] = [:]
    /// How far the members of the group on the screen are, as it was told last.
    private var progress: GroupProgress?
    /// Requests over HTTP that have not been answered.
    private var asked = 0

    /// Longest wait for the last messages to be sent once the input is over.
    private static let flushSecondsMax = 30

    init(
        nodes: [NodeAddress], store: ChatStore, view: any ChatView, peerName: String?, lingerSeconds: Int,
        continuation: AsyncStream<ChatEvent>.Continuation
    ) {
        self.nodes = nodes
        self.store = store
        self.view = view
        self.peerName = peerName
        self.lingerSeconds = lingerSeconds
        self.continuation = continuation
        var system = SystemRandomNumberGenerator()
        machine = ClientSession(state: store.content.session, seed: system.next(), client: "roost-chat")
    }

    func run(_ events: AsyncStream<ChatEvent>) async throws {
        dropEnded()
        view.show(store.content.lines, changed: [], status: status)
        var first: [ClientSession.Action] = []
        if let peerName {
            guard let address = address(named: peerName) else {
                throw ChatFailure("“\(peerName)” is nobody's name, nor that of a group that was heard of")
            }
            talk(to: address, into: &first)
        }
        try perform(first)
        connect()
        ask { await $0.groupNames() }
        ask { await $0.unread() }
        for await event in events {
            var actions: [ClientSession.Action] = []
            dropEnded()
            try handle(event, into: &actions)
            try perform(actions)
            if case .wake = event { timerDeadline = .distantFuture }
            setTimer()
            view.show(store.content.lines, changed: changed, status: status)
            changed = []
            if isEnding, try leave() { break }
        }
        timer?.cancel()
        if let failure { throw failure }
    }

    /// Stores everything and says good-bye. Whether that is done: the socket's end comes as an event.
    private func leave() throws -> Bool {
        if !isLeaving {
            isLeaving = true
            var actions: [ClientSession.Action] = []
            machine.stop(into: &actions)
            store.content.session = machine.state
            try store.save()
            link?.close()
        }
        return link == nil
    }

    private var status: ChatStatus {
        ChatStatus(
            user: user, peer: peer.map { name(of: $0) }, connection: connection,
            unsent: machine.unsentCount, standing: onScreen.text(now: monotonicNow()))
    }

    // MARK: Events

    private func handle(_ event: ChatEvent, into actions: inout [ClientSession.Action]) throws {
        let now = monotonicNow()
        if isLeaving {
            if case .ended = event { link = nil }
            return
        }
        switch event {
        case .line(let line): enter(line, now: now, into: &actions)
        case .keys(let keys):
            for input in view.take(keys) {
                switch input {
                case .line(let line): enter(line, now: now, into: &actions)
                case .end: isEnding = true
                case .typing:
                    if let peer { machine.type(to: peer, now: now, into: &actions) }
                }
            }
        case .inputEnded:
            leaveAt = now + .seconds(UInt64(max(0, lingerSeconds)))
        case .resized: break
        case .quit: isEnding = true
        case .opened(let link):
            self.link = link
            machine.connected(now: now, into: &actions)
        case .frames(let frames):
            for frame in frames { machine.received(frame, now: now, into: &actions) }
            machine.readCycleEnded(into: &actions)
        case .ended(let end):
            link = nil
            connection = "not connected (\(words(end)))"
            onScreen = PeerOnScreen()
            machine.disconnected(end, now: now, into: &actions)
        case .answered(let news): take(news, into: &actions)
        case .connect: connect()
        case .wake: machine.wake(now: now, into: &actions)
        }
        if let leaveAt, now >= leaveAt {
            let isOverdue = now >= leaveAt + .seconds(UInt64(ChatSession.flushSecondsMax))
            if machine.unsentCount == 0 && asked == 0 || isOverdue { isEnding = true }
            if isOverdue, machine.unsentCount > 0 {
                failure = ChatFailure(
                    "\(machine.unsentCount) messages are not sent yet; they are kept for the next time")
            }
        }
    }

    private func enter(_ line: String, now: Instant, into actions: inout [ClientSession.Action]) {
        guard line.contains(where: { $0 != " " }) else { return }
        if line.hasPrefix("/") {
            do throws(ChatCommands.Misunderstood) {
                return perform(try ChatCommands.command(in: line), now: now, into: &actions)
            } catch {
                return note(error.text)
            }
        }
        guard let peer else { return note("to whom? /to NAME first") }
        let lifetime = store.content.lifetimes?[peer.text] ?? 0
        guard
            let id = machine.compose(
                to: peer, body: Array(line.utf8), lifetimeSeconds: lifetime, now: now, into: &actions)
        else {
            return note("too long: a message has at most \(Limits.bodyBytesMax) bytes")
        }
        add(
            ChatLine(
                kind: .own(id: id, tick: .waiting), peer: name(of: peer), text: line, time: Date(),
                endsAt: lifetime > 0 ? Date() + TimeInterval(lifetime) : nil))
    }

    private func perform(
        _ command: ChatCommands.Command, now: Instant, into actions: inout [ClientSession.Action]
    ) {
        switch command {
        case .quit: isEnding = true
        case .help: ChatCommands.help.forEach(note)
        case .status: note(status.text)
        case .talk(let name):
            guard let address = address(named: name) else { return note("\(name) is nobody's name, nor a group's") }
            talk(to: address, into: &actions)
            note("talking to \(self.name(of: address))")
        case .typing(let isRecording):
            guard let peer else { return note("to whom? /to NAME first") }
            machine.type(to: peer, isRecording: isRecording, now: now, into: &actions)
        case .disappear(let seconds):
            guard let peer else { return note("where? /to NAME first") }
            _ = machine.compose(
                to: peer, kind: .lifetimeChange, body: [], lifetimeSeconds: seconds, now: now, into: &actions)
            setLifetime(seconds, of: peer)
            note(
                seconds == 0
                    ? "messages to \(name(of: peer)) stay"
                    : "messages to \(name(of: peer)) disappear after \(Lifetime.text(seconds)), read or not")
        case .erase:
            guard let peer, peer.kind == .user else { return note("with whom? /to NAME first; groups are dissolved") }
            ask { await $0.erase(peer) }
        case .groups: ask { await $0.groups() }
        case .group(let name, let people): ask { await $0.makeGroup(name, of: people) }
        case .join(let group, let secret): ask { await $0.join(group, secret) }
        case .contacts: ask { await $0.contacts() }
        case .contact(let name): ask { await $0.put(name, on: "contacts", "is a contact") }
        case .block(let name): ask { await $0.put(name, on: "blocks", "is shut out") }
        case .members, .leave, .link, .who, .add, .remove: perform(inGroup: command)
        }
    }

    private func perform(inGroup command: ChatCommands.Command) {
        guard let group = peer, group.kind == .group else { return note("in which group? /to NAME first") }
        switch command {
        case .members: ask { await $0.show(group) }
        case .leave: ask { [user] in await $0.remove(user, from: group) }
        case .link: ask { await $0.makeLink(into: group) }
        case .who:
            guard let place = ownPlaces[group] else { return note("nothing of yours is in order there yet") }
            ask { await $0.readers(of: group, place) }
        case .add(let people): ask { await $0.add(people, to: group) }
        case .remove(let name): ask { await $0.remove(name, from: group) }
        default: break
        }
    }

    /// Asks a node over HTTP; what comes of it is an event.
    private func ask(_ request: @escaping @Sendable (ChatRequests) async -> [ChatNews]) {
        guard let credentials = store.content.credentials else { return }
        let requests = ChatRequests(nodes: nodes, credentials: credentials)
        let continuation = continuation
        asked += 1
        Task { continuation.yield(.answered(await request(requests))) }
    }

    private func take(_ news: [ChatNews], into actions: inout [ClientSession.Action]) {
        asked -= 1
        for news in news {
            switch news {
            case .note(let text): note(text)
            case .talk(let address): talk(to: address, into: &actions)
            case .erased(let other):
                _ = machine.compose(to: other, kind: .erasure, body: [], now: monotonicNow(), into: &actions)
                dropLines(with: other)
                note("nothing is left of the conversation with \(other)")
            case .groups(let names):
                for (address, name) in names { call(address, ChatLine.harmless(Array(name.utf8))) }
            }
        }
    }

    // MARK: Lifetimes

    private func setLifetime(_ seconds: UInt32, of conversation: Address) {
        store.content.lifetimes = (store.content.lifetimes ?? [:]).merging([conversation.text: seconds]) { $1 }
        isSaveDue = true
    }

    /// Drops what was said to and by somebody.
    private func dropLines(with other: Address) {
        store.content.lines.removeAll { $0.peer == other.text }
        changed = []
        isSaveDue = true
    }

    /// Drops the lines whose time is over.
    private func dropEnded() {
        let now = Date()
        guard store.content.lines.contains(where: { $0.endsAt.map { $0 <= now } ?? false }) else { return }
        store.content.lines.removeAll { $0.endsAt.map { $0 <= now } ?? false }
        changed = []
        isSaveDue = true
    }

    // MARK: Names

    private var user: String { store.content.credentials?.user ?? "" }

    /// A group's name, or the address.
    private func name(of address: Address) -> String { store.content.groups?[address.text] ?? address.text }

    private func call(_ group: Address, _ name: String) {
        store.content.groups = (store.content.groups ?? [:]).merging([group.text: name]) { $1 }
        isSaveDue = true
    }

    /// A group of this name first: people are called by their own names only.
    private func address(named name: String) -> Address? {
        let group = store.content.groups?.sorted { $0.key < $1.key }.first { $0.value == name }?.key
        guard let address = Address(group ?? name), address.kind == .user || address.kind == .group else { return nil }
        return address
    }

    private func talk(to name: Address, into actions: inout [ClientSession.Action]) {
        peer = name
        onScreen = PeerOnScreen()
        progress = nil
        machine.watch([name], into: &actions)
    }

    // MARK: Actions

    /// Does them in order. A save is put off until something is written: nothing leaves before it is stored.
    private func perform(_ actions: [ClientSession.Action]) throws {
        var frames: [ClientFrame] = []
        var shown: [ClientSession.ReceivedMessage] = []
        var later: [ClientSession.Action] = []
        for action in actions {
            switch action {
            case .save: isSaveDue = true
            case .write(let frame):
                try saveIfDue()
                frames.append(frame)
            case .show(let message):
                shown.append(message)
                if peer == nil, !message.key.isCopy { talk(to: message.from, into: &later) }
                if message.from == peer { onScreen.spoke() }
                show(message)
            case .tick(let id, let tick):
                raise(id, to: tick)
                if tick == .sent, let peer, let progress { raise(progress, in: peer) }
            case .receiptElsewhere(let receipt): raise(receipt)
            case .refused(let id, let code, let text): refuse(id, "\(text) (\(code))")
            case .note(let error): note("the node says: \(error.text) (\(error.code)); trying on")
            case .online(let node): connection = "connected to \(node)"
            case .presence(let user, let state): if user == peer { onScreen.state = state }
            case .groupReceipt(let group, let progress):
                if group == peer { raise(progress, in: group) }
            case .typing(let typing):
                if typing.group ?? typing.from == peer { onScreen.types(typing, now: monotonicNow()) }
            case .drained: break
            case .abort: link?.abort()
            case .reconnect(let wait): connect(after: wait)
            case .stop(let reason): stop(reason)
            }
        }
        try saveIfDue()
        link?.send(frames)
        guard !shown.isEmpty else { return }
        // They are stored and on the screen: read.
        var reads = later
        for message in shown { machine.markRead(from: message.from, message.key, upTo: message.number, into: &reads) }
        try perform(ChatSession.last(ofEach: reads))
    }

    private func show(_ message: ClientSession.ReceivedMessage) {
        let (header, body) = message.content.parts
        if header.kind == .groupEvent, let name = GroupEventText.name(in: Array(body)) {
            call(message.from, ChatLine.harmless(Array(name.utf8)))
        }
        let origin = header.origin
        if header.kind == .lifetimeChange {
            setLifetime(header.lifetimeSeconds, of: message.key.isCopy ? origin?.to ?? message.from : message.from)
        }
        if header.kind == .erasure { dropLines(with: message.key.isCopy ? origin?.to ?? message.from : message.from) }
        // What this device has said itself is on the screen.
        if message.from.kind == .group, let origin, header.kind != .groupEvent,
            origin.author.text == user, origin.key.device == store.content.credentials?.device
        {
            ownPlaces[message.from] = (message.key, message.number)
            place(message.number, said: String(decoding: body, as: UTF8.self), in: message.from)
            return
        }
        add(ChatLine(message, groups: store.content.groups ?? [:], self: Address(user)))
    }

    /// A later `read` of a stream says all that an earlier one does.
    private static func last(ofEach reads: [ClientSession.Action]) -> [ClientSession.Action] {
        var kept: [ClientSession.Action] = []
        for action in reads {
            if case .write(.read(let from, let key, _)) = action {
                kept.removeAll {
                    if case .write(.read(from, key, _)) = $0 { true } else { false }
                }
            }
            kept.append(action)
        }
        return kept
    }

    private func saveIfDue() throws {
        guard isSaveDue else { return }
        store.content.session = machine.state
        try store.save()
        isSaveDue = false
    }

    private func stop(_ reason: ClientSession.StopReason) {
        switch reason {
        case .closed: break
        case .loggedOut(let text):
            store.content.credentials = nil
            failure = ChatFailure("this device is logged out (\(text)): start again to log in")
        case .replaced: failure = ChatFailure("the same device connected elsewhere")
        case .faulty(let text): failure = ChatFailure("the node says that this client breaks the protocol: \(text)")
        }
        isEnding = true
    }

    private func add(_ line: ChatLine) {
        let excess = store.content.lines.count + 1 - ChatStore.linesMax
        if excess > 0 {
            store.content.lines.removeFirst(excess)
            changed = changed.compactMap { $0 >= excess ? $0 - excess : nil }
        }
        store.content.lines.append(line)
        changed.append(store.content.lines.count - 1)
    }

    private func note(_ text: String) {
        add(ChatLine(kind: .note, peer: "", text: text, time: Date()))
    }

    private func raise(_ id: ClientSession.MessageID, to tick: ClientSession.Tick) {
        guard let index = index(of: id) else { return }
        store.content.lines[index].kind = .own(id: id, tick: tick)
        if changed.last != index { changed.append(index) }
    }

    /// Somebody has got on with what another device of this person has sent.
    private func raise(_ receipt: StreamReceipt) {
        for index in store.content.lines.indices where store.content.lines[index].peer == receipt.reader.text {
            guard case .elsewhere(var sent?) = store.content.lines[index].kind, sent.device == receipt.key.device,
                sent.stream == receipt.key.stream, sent.number <= receipt.deliveredUpTo
            else { continue }
            let tick = sent.number <= receipt.readUpTo ? ClientSession.Tick.read : .delivered
            guard tick > sent.tick else { continue }
            sent.tick = tick
            store.content.lines[index].kind = .elsewhere(sent)
            changed.append(index)
        }
    }

    /// The first of this device's messages of this text that had no place in the group's order has got one: they come back in the order
    /// in which they went.
    private func place(_ number: StreamNumber, said text: String, in group: Address) {
        let index = store.content.lines.firstIndex { line in
            guard case .own = line.kind else { return false }
            return line.peer == name(of: group) && line.place == nil && line.text == text
        }
        guard let index else { return }
        store.content.lines[index].place = number
        isSaveDue = true
        if group == peer, let progress { raise(progress, in: group) }
    }

    /// Members of a group have got on: what all have is delivered, what all have seen is read.
    private func raise(_ progress: GroupProgress, in group: Address) {
        self.progress = progress
        for index in store.content.lines.indices where store.content.lines[index].peer == name(of: group) {
            let line = store.content.lines[index]
            guard case .own(let id, let tick) = line.kind, let place = line.place, tick >= .sent else { continue }
            let isRead = progress.readCount(of: place) == progress.members
            let isDelivered = progress.deliveredCount(of: place) == progress.members
            let raised = isRead ? ClientSession.Tick.read : isDelivered ? .delivered : tick
            if raised > tick { raise(id, to: raised) }
        }
    }

    private func refuse(_ id: ClientSession.MessageID, _ reason: String) {
        guard let index = index(of: id) else { return }
        store.content.lines[index].kind = .refused(reason: reason)
        if changed.last != index { changed.append(index) }
    }

    private func index(of id: ClientSession.MessageID) -> Int? {
        store.content.lines.lastIndex {
            if case .own(id, _) = $0.kind { true } else { false }
        }
    }

    // MARK: Connection and time

    private func connect(after wait: TimeSpan) {
        nodeIndex = (nodeIndex + 1) % nodes.count
        let continuation = continuation
        Task {
            do {
                try await Task.sleep(nanoseconds: wait.nanoseconds)
            } catch {
                return
            }
            continuation.yield(.connect)
        }
    }

    private func connect() {
        let options = ClientSocket.Options(address: nodes[nodeIndex], token: store.content.credentials?.token)
        let continuation = continuation
        ClientSocket.connect(options, on: MultiThreadedEventLoopGroup.singleton.next()) { socket in
            continuation.yield(.opened(ChatLink(socket)))
            return ChatReceiver(continuation)
        }
        .whenFailure { error in
            switch error {
            case ClientError.refused(_, 401, _, let text):
                continuation.yield(.ended(.closed(code: CloseCode.unauthenticated.rawValue, reason: text)))
            default: continuation.yield(.ended(.broken(reason: "\(error)")))
            }
        }
    }

    private func setTimer() {
        var deadline = min(machine.nextDeadline, onScreen.nextDeadline(now: monotonicNow()))
        if let end = store.content.lines.lazy.compactMap(\.endsAt).min() {
            deadline = min(deadline, monotonicNow() + .milliseconds(UInt64(max(0.1, end.timeIntervalSinceNow) * 1000)))
        }
        if let leaveAt {
            let isWaiting = monotonicNow() >= leaveAt
            deadline = min(deadline, isWaiting ? leaveAt + .seconds(UInt64(ChatSession.flushSecondsMax)) : leaveAt)
        }
        guard deadline != timerDeadline else { return }
        timerDeadline = deadline
        timer?.cancel()
        guard deadline != .distantFuture else { return }
        let wait = deadline.since(monotonicNow())
        let continuation = continuation
        timer = Task {
            do {
                try await Task.sleep(nanoseconds: wait.nanoseconds)
            } catch {
                return
            }
            continuation.yield(.wake)
        }
    }

    private func words(_ end: SocketEnd) -> String {
        switch end {
        case .closed(_, let reason): reason.isEmpty ? "the node closed" : reason
        case .broken(let reason): reason
        }
    }
}

/// This process's monotonic clock.
private func monotonicNow() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
}
