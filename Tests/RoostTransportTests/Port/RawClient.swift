import NIOCore
import NIOPosix
import Synchronization

enum RawClientError: Error {
    case notUpgraded(String)
    case notListening
}

/// A socket that sends any bytes whatever and keeps everything that comes back.
final class RawClient: Sendable {
    /// A frame that the server sent.
    struct Frame: Equatable, Sendable {
        let opcode: UInt8
        let payload: [UInt8]

        static func text(_ text: String) -> Frame { Frame(opcode: 0x1, payload: Array(text.utf8)) }
        static func close(_ code: UInt16) -> Frame {
            Frame(opcode: 0x8, payload: [UInt8(code >> 8), UInt8(code & 0xFF)])
        }
    }

    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var wasReset = false
    }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let state = Mutex(State())

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            state.withLock { $0.bytes += buffer.readableBytesView }
        }

        func channelInactive(context: ChannelHandlerContext) {
            state.withLock { $0.isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            state.withLock { $0.wasReset = true }
            context.close(promise: nil)
        }
    }

    private let channel: any Channel
    private let collector: Collector

    private init(_ channel: any Channel, _ collector: Collector) {
        self.channel = channel
        self.collector = collector
    }

    static func connect(port: Int, group: any EventLoopGroup) async throws -> RawClient {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { channel in channel.pipeline.addHandler(collector) }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel, collector)
    }

    static func upgrade(_ subprotocol: String = "roost.v1.json", headers: String = "") -> String {
        """
        GET /v1/connect HTTP/1.1\r
        Host: localhost\r
        Upgrade: websocket\r
        Connection: keep-alive, Upgrade\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Protocol: \(subprotocol)\r
        \(headers)\r

        """
    }

    func send(_ bytes: [UInt8]) {
        channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    func send(_ text: String) {
        send(Array(text.utf8))
    }

    func close() {
        channel.close(promise: nil)
    }

    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    var text: String { String(decoding: collector.state.withLock { $0.bytes }, as: UTF8.self) }
    var byteCount: Int { collector.state.withLock { $0.bytes.count } }
    var isClosed: Bool { collector.state.withLock { $0.isClosed } }
    var wasReset: Bool { collector.state.withLock { $0.wasReset } }
    var isUpgraded: Bool { text.hasPrefix("HTTP/1.1 101 ") && text.contains("\r\n\r\n") }

    /// The frames after the head of the upgrade.
    var frames: [Frame] {
        let bytes = collector.state.withLock { $0.bytes }
        let end: [UInt8] = [13, 10, 13, 10]
        guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: end) }) else { return [] }
        var frames: [Frame] = []
        var offset = start + 4
        while offset + 2 <= bytes.count {
            let opcode = bytes[offset] & 0x0F
            var length = Int(bytes[offset + 1])
            offset += 2
            let lengthBytes = length == 126 ? 2 : length == 127 ? 8 : 0
            if lengthBytes > 0 {
                guard offset + lengthBytes <= bytes.count else { break }
                length = bytes[offset..<offset + lengthBytes].reduce(0) { $0 << 8 | Int($1) }
                offset += lengthBytes
            }
            guard offset + length <= bytes.count else { break }
            frames.append(Frame(opcode: opcode, payload: Array(bytes[offset..<offset + length])))
            offset += length
        }
        return frames
    }

    /// The code of the close frame that the server sent last.
    var closeCode: UInt16? {
        guard let frame = frames.last, frame.opcode == 0x8, frame.payload.count >= 2 else { return nil }
        return UInt16(frame.payload[0]) << 8 | UInt16(frame.payload[1])
    }

    /// Whether the condition comes true within `seconds`.
    func waits(seconds: Double = 10, for condition: (RawClient) -> Bool) async -> Bool {
        let end = ContinuousClock.now + .seconds(seconds)
        while !condition(self) {
            guard ContinuousClock.now < end else { return false }
            do {
                try await Task.sleep(for: .milliseconds(2))
            } catch {
                return false
            }
        }
        return true
    }

    /// Sends a text and waits for its echo.
    func echoes(_ text: String) async -> Bool {
        send(ClientFrames.text(text))
        return await waits { $0.frames.contains(.text(text)) }
    }
}
