import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes

/// What becomes of an accepted connection.
enum ClientPortOutcome: Sendable {
    /// Its first request is for a resource: hummingbird serves it.
    case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
    /// It has upgraded, was refused or is gone: nothing is left for hummingbird to do.
    case taken
}

/// An accepted connection, as hummingbird's server passes it from ``ClientPortChannel/setup(channel:logger:)`` to
/// ``ClientPortChannel/handle(value:logger:)``.
struct ClientPortConnection: ServerChildChannelValue {
    let channel: any Channel
    /// Known with the first request. Never fails.
    let outcome: EventLoopFuture<ClientPortOutcome>
}

/// Hooks the port into hummingbird's server.
struct ClientPortChannel: ServerChildChannel, HTTPChannelHandler {
    let port: ClientPort
    let responder: Responder

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<ClientPortConnection> {
        channel.eventLoop.makeCompletedFuture { try port.configure(channel, logger: logger) }
    }

    func handle(value: ClientPortConnection, logger: Logger) async {
        do {
            switch try await value.outcome.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .taken: break
            }
        } catch {
            preconditionFailure("the outcome of a connection is a promise that is only ever kept: \(error)")
        }
    }
}
