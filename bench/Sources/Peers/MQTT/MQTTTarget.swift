import NIOCore
import RoostClient
import RoostCore

/// An MQTT broker. A message is a publication with QoS 1 to the receiver's topic, its receipt one to the sender's.
struct MQTTTarget: LoadTarget {
    /// The name that every client connects with; the password is the token of its credentials.
    static let user = "bench"

    var tellsSent: Bool { true }
    var bodyForm: LoadBody.Form { .bytes }

    func connect(_ sender: LoadSender, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void> {
        PeerSocket.connect(to: plan.senderNode, MQTTSenderLink(plan, sender).session, on: loop)
    }

    func connect(_ receiver: LoadReceiver, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void> {
        PeerSocket.connect(to: plan.receiverNode, MQTTReceiverLink(plan, receiver).session, on: loop)
    }

    fileprivate static func session(
        of user: Credentials, with other: Credentials, _ delegate: any MQTTSessionDelegate
    ) -> MQTTSession {
        MQTTSession(user, topic: "people/\(user.user)", answers: "people/\(other.user)", delegate)
    }
}

/// The sending end of a pair on an MQTT broker.
private final class MQTTSenderLink: SenderLink, MQTTSessionDelegate {
    private let sender: LoadSender
    private let plan: PairPlan
    private(set) lazy var session = MQTTTarget.session(of: plan.sender, with: plan.receiver, self)
    private var sentUpTo: StreamNumber = 0

    init(_ plan: PairPlan, _ sender: LoadSender) {
        self.plan = plan
        self.sender = sender
    }

    func send(_ number: StreamNumber, _ body: [UInt8], isRetry: Bool) {
        session.publish(body)
    }

    func flush() {
        session.flush()
    }

    func close() {
        session.close()
    }

    func ready() {
        sender.opened(self)
        sender.becameReady()
    }

    func received(_ payload: ByteBuffer) throws {
        guard let number: StreamNumber = payload.getInteger(at: payload.readerIndex) else {
            throw BenchFailure("a receipt without a number")
        }
        sender.delivered(number)
    }

    func taken() {
        sentUpTo += 1
        sender.sent(upTo: sentUpTo)
    }

    func ended(_ why: String) {
        sender.ended(why)
    }
}

/// The receiving end: answers each message with a publication of its number.
private final class MQTTReceiverLink: ReceiverLink, MQTTSessionDelegate {
    private let receiver: LoadReceiver
    private let plan: PairPlan
    private(set) lazy var session = MQTTTarget.session(of: plan.receiver, with: plan.sender, self)

    init(_ plan: PairPlan, _ receiver: LoadReceiver) {
        self.plan = plan
        self.receiver = receiver
    }

    func close() {
        session.close()
    }

    func ready() {
        receiver.opened(self)
        receiver.becameReady()
    }

    func received(_ payload: ByteBuffer) throws {
        let body = Array(payload.readableBytesView)
        guard let number = LoadBody.number(of: body, form: .bytes) else {
            throw BenchFailure("a message without a number")
        }
        receiver.received(number, body)
        session.publish(withUnsafeBytes(of: number.bigEndian) { Array($0) })
    }

    func taken() {}

    func ended(_ why: String) {
        receiver.ended(why)
    }
}
