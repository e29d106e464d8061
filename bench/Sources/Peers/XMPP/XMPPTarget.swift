import NIOCore
import RoostClient
import RoostCore

/// An XMPP server. A message is a chat message that asks for a receipt, which is another message (XEP-0184).
struct XMPPTarget: LoadTarget {
    /// The host that the server is configured for.
    static let domain = "localhost"

    // A server may count stanzas (XEP-0198); it acknowledges none of them by itself.
    var tellsSent: Bool { false }
    var bodyForm: LoadBody.Form { .text }

    func connect(_ sender: LoadSender, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void> {
        PeerSocket.connect(to: plan.senderNode, XMPPSenderLink(plan, sender).session, on: loop)
    }

    func connect(_ receiver: LoadReceiver, _ plan: PairPlan, on loop: any EventLoop) -> EventLoopFuture<Void> {
        PeerSocket.connect(to: plan.receiverNode, XMPPReceiverLink(plan, receiver).session, on: loop)
    }

    /// The number that the id of a message carries; a stanza that has none is an error of the server's.
    fileprivate static func number(_ message: XMPPStanza, in tag: StaticString) throws -> StreamNumber {
        guard message.attribute(" type", of: "<message")?.elementsEqual("error".utf8) != true,
            let digits = message.attribute(" id", of: tag),
            let number = StreamNumber(String(decoding: digits, as: UTF8.self))
        else { throw BenchFailure("the server said \(message.text)") }
        return number
    }
}

/// The sending end of a pair on an XMPP server.
private final class XMPPSenderLink: SenderLink, XMPPSessionDelegate {
    private let sender: LoadSender
    private let plan: PairPlan
    private let head: String
    private(set) lazy var session = XMPPSession(plan.sender, self)

    init(_ plan: PairPlan, _ sender: LoadSender) {
        self.plan = plan
        self.sender = sender
        // To the receiver's full address, as RFC 6121 section 5.1 asks of a conversation that has begun.
        head = "<message type='chat' to='\(XMPPSession.address(of: plan.receiver))' id='"
    }

    func send(_ number: StreamNumber, _ body: [UInt8], isRetry: Bool) {
        session.write(head)
        session.write(String(number))
        session.write("'><body>" as StaticString)
        session.write(body)
        session.write("</body><request xmlns='urn:xmpp:receipts'/></message>" as StaticString)
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

    func received(_ message: XMPPStanza) throws {
        sender.delivered(try XMPPTarget.number(message, in: "<received"))
    }

    func ended(_ why: String) {
        sender.ended(why)
    }
}

/// The receiving end: answers each message with a receipt of its own.
private final class XMPPReceiverLink: ReceiverLink, XMPPSessionDelegate {
    private let receiver: LoadReceiver
    private let plan: PairPlan
    private let head: String
    private(set) lazy var session = XMPPSession(plan.receiver, self)

    init(_ plan: PairPlan, _ receiver: LoadReceiver) {
        self.plan = plan
        self.receiver = receiver
        head =
            "<message type='chat' to='\(XMPPSession.address(of: plan.sender))'>"
            + "<received xmlns='urn:xmpp:receipts' id='"
    }

    func close() {
        session.close()
    }

    func ready() {
        receiver.opened(self)
        receiver.becameReady()
    }

    func received(_ message: XMPPStanza) throws {
        let number = try XMPPTarget.number(message, in: "<message")
        receiver.received(number, Array(message.content(of: "<body>", closedBy: "</body>") ?? []))
        session.write(head)
        session.write(String(number))
        session.write("'/></message>" as StaticString)
    }

    func ended(_ why: String) {
        receiver.ended(why)
    }
}
