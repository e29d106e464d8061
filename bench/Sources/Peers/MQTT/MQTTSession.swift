import NIOCore
import RoostClient

/// What an ``MQTTSession`` tells its owner.
protocol MQTTSessionDelegate: AnyObject {
    /// The broker knows the user, and sends what is published to the topic.
    func ready()
    /// Something was published to the topic. The broker is told that it has arrived.
    func received(_ payload: ByteBuffer) throws
    /// The broker has taken the oldest publication that it had not taken yet.
    func taken()
    func ended(_ why: String)
}

/// A client of an MQTT broker that subscribes to one topic and publishes to another, both with QoS 1. It keeps its
/// delegate alive until it has ended.
final class MQTTSession: PeerSocketDelegate {
    private let user: Credentials
    private let topic: String
    private let answers: String
    private var delegate: (any MQTTSessionDelegate)?
    private var socket: PeerSocket?
    private var published: UInt64 = 0
    private var takenUpTo: UInt64 = 0

    /// `topic` is what it subscribes to, `answers` what it publishes to.
    init(_ user: Credentials, topic: String, answers: String, _ delegate: any MQTTSessionDelegate) {
        self.user = user
        self.topic = topic
        self.answers = answers
        self.delegate = delegate
    }

    func publish(_ payload: [UInt8]) {
        published += 1
        socket?.output.writeMQTTPublish(id: MQTTSession.id(published), topic: answers, payload: payload)
    }

    func flush() {
        socket?.flush()
    }

    func close() {
        socket?.close()
    }

    func opened(_ socket: PeerSocket) {
        self.socket = socket
        // One name and password for all: that they are checked is what counts.
        socket.output.writeMQTTConnect(client: user.user, user: MQTTTarget.user, password: user.token)
    }

    func received(_ input: inout ByteBuffer, on socket: PeerSocket) throws {
        while let packet = try MQTTPacket.next(from: &input) {
            switch packet {
            case .connectAnswer(let code):
                guard code == 0 else { throw BenchFailure("the broker refused the connection with code \(code)") }
                socket.output.writeMQTTSubscribe(id: MQTTSession.subscribeID, topic: topic)
            case .subscribeAnswer(_, let code):
                guard code == 1 else { throw BenchFailure("the broker refused QoS 1 with code \(code)") }
                delegate?.ready()
            case .publish(let id, let payload):
                socket.output.writeMQTTPublishAnswer(id: id)
                try delegate?.received(payload)
            case .publishAnswer(let id):
                // [MQTT-4.6.0-2]: in the order of the publications.
                guard id == MQTTSession.id(takenUpTo + 1) else {
                    throw BenchFailure("the broker took publication \(id) out of order")
                }
                takenUpTo += 1
                delegate?.taken()
            }
        }
    }

    func ended(_ why: String) {
        socket = nil
        delegate?.ended(why)
        delegate = nil
    }

    private static let subscribeID: UInt16 = 1

    /// Packet identifiers go round; 0 is none.
    private static func id(_ publication: UInt64) -> UInt16 {
        UInt16(publication % 65_535 + 1)
    }
}
