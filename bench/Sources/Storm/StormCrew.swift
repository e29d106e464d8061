import NIOCore
import RoostClient

/// The sockets of one process of `storm`, and what they count. Everything happens on its event loop.
final class StormCrew {
    let eventLoop: any EventLoop
    let next: [NodeAddress]
    let spreadMilliseconds: Int
    var word = StormWord()
    /// The end of a connection is no news any more.
    private(set) var isClosing = false
    private var sockets: [StormSocket] = []
    private var welcomedMicroseconds: [UInt64] = []
    private var drainedMicroseconds: [UInt64] = []
    private var firstEndedAt: UInt64?
    private var lastDrainedAt: UInt64 = 0
    private var gauge: GeneratorGauge?
    private var pings: RepeatedTask?

    private static let pingInterval = TimeAmount.seconds(30)

    init(eventLoop: any EventLoop, next: [NodeAddress], spreadMilliseconds: Int) {
        self.eventLoop = eventLoop
        self.next = next
        self.spreadMilliseconds = spreadMilliseconds
    }

    /// Pings from all sockets, as the protocol's page wants them.
    func startPings() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        pings = eventLoop.scheduleRepeatedTask(initialDelay: StormCrew.pingInterval, delay: StormCrew.pingInterval) {
            _ in
            for socket in bound.value.sockets { socket.ping() }
        }
    }

    func add(_ device: Credentials) -> StormSocket {
        let socket = StormSocket(index: sockets.count, token: device.token, crew: self)
        sockets.append(socket)
        return socket
    }

    func ended() {
        word.ended += 1
        guard firstEndedAt == nil else { return }
        firstEndedAt = NIODeadline.now().uptimeNanoseconds
        gauge = GeneratorGauge(servers: [])
    }

    func welcomed(after endedAt: UInt64) {
        word.welcomed += 1
        welcomedMicroseconds.append((NIODeadline.now().uptimeNanoseconds - endedAt) / 1000)
    }

    func drained(after endedAt: UInt64) {
        word.drained += 1
        lastDrainedAt = NIODeadline.now().uptimeNanoseconds
        drainedMicroseconds.append((lastDrainedAt - endedAt) / 1000)
    }

    /// What was measured, once all sockets are drained again.
    var outcome: StormOutcome? {
        guard word.drained >= sockets.count, let firstEndedAt, let gauge else { return nil }
        return StormOutcome(
            welcomedMicroseconds: welcomedMicroseconds, drainedMicroseconds: drainedMicroseconds,
            firstEndedNanoseconds: firstEndedAt, lastDrainedNanoseconds: lastDrainedAt, generator: gauge.use)
    }

    func close() {
        isClosing = true
        pings?.cancel()
        for socket in sockets { socket.close() }
    }
}
