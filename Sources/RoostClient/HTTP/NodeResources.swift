import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import RoostCore

/// The HTTP resources of one node. A request opens a connection of its own and closes it: they are rare, and each may go
/// to another node.
public struct NodeResources: Sendable {
    /// The node that is asked.
    public let address: NodeAddress
    private let group: any EventLoopGroup

    /// Longest wait for a connection.
    public static let connectSecondsMax = 5
    /// Longest wait for an answer: a node gives a change of the ring up after 30 seconds, and says so.
    public static let answerSecondsMax = 40
    /// Longest answer that is read: the ring of a large cluster as JSON has a few hundred KiB.
    public static let answerBytesMax = 16 * 1024 * 1024

    /// Asks the node at `address`, on the loops of `group`.
    public init(_ address: NodeAddress, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) {
        self.address = address
        self.group = group
    }

    /// Makes an account, and a first device with it.
    public func register(_ name: String, password: String) async throws(ClientError) -> Credentials {
        try await credentials(
            "/v1/users", AccountRequest(name: name, password: password, session: true, device: nil))
    }

    /// Logs in: as a new device, or with a new token for `device`.
    public func logIn(
        _ name: String, password: String, device: DeviceID? = nil
    ) async throws(ClientError) -> Credentials {
        try await credentials(
            "/v1/sessions",
            AccountRequest(name: name, password: password, session: nil, device: device.map(String.init)))
    }

    /// Reads the JSON at `path`; a status that is an error is thrown as ``ClientError/refused(url:status:code:text:)``.
    public func get(_ path: String, token: String? = nil) async throws(ClientError) -> [UInt8] {
        let answer = try await request(.GET, path, token: token)
        guard answer.isSuccess else { throw answer.refusal(of: "\(address)\(path)") }
        return answer.body
    }

    /// Makes one request and reads the whole answer, whatever its status.
    public func request(
        _ method: HTTPMethod, _ path: String, token: String? = nil, json: [UInt8]? = nil
    ) async throws(ClientError) -> HTTPAnswer {
        let url = "\(address)\(path)"
        do {
            return try await start(method, path, token: token, json: json, url: url).get()
        } catch let error as ClientError {
            throw error
        } catch {
            throw .unreachable(url: address.description, reason: connectionFailure(error))
        }
    }

    private func start(
        _ method: HTTPMethod, _ path: String, token: String?, json: [UInt8]?, url: String
    ) -> EventLoopFuture<HTTPAnswer> {
        let loop = group.next()
        let answer = loop.makePromise(of: HTTPAnswer.self)
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "Host", value: address.authority)
        head.headers.add(name: "Connection", value: "close")
        if let token { head.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let json {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: String(json.count))
        }
        let request = head
        ClientBootstrap(group: loop)
            .connectTimeout(.seconds(Int64(NodeResources.connectSecondsMax)))
            .connect(host: address.host, port: address.port)
            .flatMapThrowing { channel in
                // Added once the connection stands: of a name with several addresses, those that fail must not answer.
                try channel.pipeline.syncOperations.addHTTPClientHandlers()
                try channel.pipeline.syncOperations.addHandler(
                    HTTPAnswerCollector(answer: answer, url: url, bodyBytesMax: NodeResources.answerBytesMax))
                channel.write(HTTPClientRequestPart.head(request), promise: nil)
                if let json {
                    channel.write(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: json))), promise: nil)
                }
                channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
                let timer = loop.scheduleTask(in: .seconds(Int64(NodeResources.answerSecondsMax))) {
                    answer.fail(ClientError.timedOut(url: url, seconds: NodeResources.answerSecondsMax))
                    channel.close(promise: nil)
                }
                answer.futureResult.whenComplete { _ in timer.cancel() }
            }
            .whenFailure { answer.fail($0) }
        return answer.futureResult
    }

    private func credentials(_ path: String, _ request: AccountRequest) async throws(ClientError) -> Credentials {
        let url = "\(address)\(path)"
        let json: [UInt8]
        do {
            json = try [UInt8](JSONEncoder().encode(request))
        } catch {
            preconditionFailure("a name and a password are always encodable: \(error)")
        }
        let answer = try await self.request(.POST, path, json: json)
        guard answer.isSuccess else { throw answer.refusal(of: url) }
        do {
            return try JSONDecoder().decode(Credentials.self, from: Data(answer.body))
        } catch {
            throw .malformedAnswer(url: url, reason: "not the credentials of a session")
        }
    }
}

/// What `POST /v1/users` and `POST /v1/sessions` take.
private struct AccountRequest: Encodable {
    let name: String
    let password: String
    let session: Bool?
    let device: String?
}

/// The reason of a failed connection in few words: of several addresses that were tried, the last.
func connectionFailure(_ error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
        if let failure = error.connectionErrors.last { return connectionFailure(failure.error) }
        return "no address of \(error.host) is known"
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case ChannelError.connectTimeout(let amount): return "no answer within \(amount.nanoseconds / 1_000_000_000) s"
    default: return "\(error)"
    }
}
