import Foundation
import NIOCore
import RoostClient

/// What an ``XMPPSession`` tells its owner.
protocol XMPPSessionDelegate: AnyObject {
    /// The server knows the user, and routes stanzas to it.
    func ready()
    func received(_ message: XMPPStanza) throws
    func ended(_ why: String)
}

/// A client of an XMPP server (RFC 6120, 6121): it makes its account if there is none (XEP-0077), authenticates (PLAIN),
/// binds a resource and becomes available. It keeps its delegate alive until it has ended.
final class XMPPSession: PeerSocketDelegate {
    /// What the next stanza should be.
    private enum Step {
        /// The features of a stream of nobody's; can become `registering`.
        case greeting
        /// The answer to the account; can become `authenticating`.
        case registering
        /// `<success/>`; can become `restarting`.
        case authenticating
        /// The features of a stream of the user's; can become `binding`.
        case restarting
        /// The answer to the resource; can become `appearing`.
        case binding
        /// The answer to a ping, which comes when the server is through with the presence; can become `ready`.
        case appearing
        case ready
    }

    private let user: Credentials
    private var delegate: (any XMPPSessionDelegate)?
    private var socket: PeerSocket?
    private var splitter = XMPPStanzaSplitter()
    private var step = Step.greeting

    init(_ user: Credentials, _ delegate: any XMPPSessionDelegate) {
        self.user = user
        self.delegate = delegate
    }

    /// The full address of a user, with the resource that is bound here.
    static func address(of user: Credentials) -> String {
        "\(user.user)@\(XMPPTarget.domain)/\(resource)"
    }

    /// Writes a part of a stanza; it goes out with the read cycle or the next ``flush()``.
    func write(_ text: StaticString) {
        text.withUTF8Buffer { _ = socket?.output.writeBytes($0) }
    }

    func write(_ bytes: some Sequence<UInt8>) {
        _ = socket?.output.writeBytes(bytes)
    }

    func write(_ text: String) {
        _ = socket?.output.writeString(text)
    }

    func flush() {
        socket?.flush()
    }

    func close() {
        write("</stream:stream>" as StaticString)
        socket?.close()
    }

    func opened(_ socket: PeerSocket) {
        self.socket = socket
        openStream()
    }

    func received(_ input: inout ByteBuffer, on socket: PeerSocket) throws {
        while let item = splitter.next(from: &input) {
            switch item {
            case .streamOpened: break
            case .stanza(let stanza): try take(stanza)
            case .streamClosed: throw BenchFailure("the server closed the stream")
            }
        }
    }

    func ended(_ why: String) {
        socket = nil
        delegate?.ended(why)
        delegate = nil
    }

    private static let resource = "bench"

    private func openStream() {
        write(
            "<?xml version='1.0'?><stream:stream to='\(XMPPTarget.domain)' version='1.0' xmlns='jabber:client' "
                + "xmlns:stream='http://etherx.jabber.org/streams'>")
    }

    private func take(_ stanza: XMPPStanza) throws {
        guard !stanza.isElement("stream:error") else { throw unexpected(stanza) }
        switch step {
        case .greeting:
            guard stanza.isElement("stream:features") else { throw unexpected(stanza) }
            step = .registering
            write(
                "<iq type='set' id='account'><query xmlns='jabber:iq:register'><username>\(user.user)</username>"
                    + "<password>\(user.token)</password></query></iq>")
        case .registering:
            // A conflict is an account of an earlier run.
            guard stanza.isElement("iq"), stanza.text.contains("type='result'") || stanza.text.contains("<conflict")
            else { throw unexpected(stanza) }
            step = .authenticating
            let plain = Data("\0\(user.user)\0\(user.token)".utf8).base64EncodedString()
            write("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>\(plain)</auth>")
        case .authenticating:
            guard stanza.isElement("success") else { throw unexpected(stanza) }
            step = .restarting
            openStream()
        case .restarting:
            guard stanza.isElement("stream:features") else { throw unexpected(stanza) }
            step = .binding
            write(
                "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
                    + "<resource>\(XMPPSession.resource)</resource></bind></iq>")
        case .binding:
            guard stanza.isElement("iq"), stanza.text.contains("type='result'") else { throw unexpected(stanza) }
            step = .appearing
            // Sessions of RFC 3921 are no more: RFC 6121 made them optional, and the server says so.
            write("<presence/><iq type='get' id='ready'><ping xmlns='urn:xmpp:ping'/></iq>" as StaticString)
        case .appearing:
            guard stanza.isElement("iq"), stanza.text.contains("id='ready'") else { return }
            step = .ready
            delegate?.ready()
        case .ready:
            if stanza.isElement("message") { try delegate?.received(stanza) }
        }
    }

    private func unexpected(_ stanza: XMPPStanza) -> BenchFailure {
        BenchFailure("the server said \(stanza.text)")
    }
}
