import Hummingbird
import NIOCore
import RoostCore

/// What hummingbird passes along with a request.
public struct ResourceContext: RequestContext {
    /// hummingbird's own part.
    public var coreContext: CoreRequestContextStorage

    /// The longest body that is collected, in bytes.
    public var maxUploadSize: Int { Limits.httpBodyBytesMax }

    /// Whether the request came from this machine: only then are operators' resources answered.
    public let isFromThisMachine: Bool

    /// The address the request came from, without a port; empty when it is not known.
    public let remoteAddress: String

    /// Made by hummingbird for each request.
    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? ""
        isFromThisMachine =
            switch source.channel.remoteAddress {
            case .v4, .v6: ResourceContext.isLoopback(source.channel.remoteAddress?.ipAddress ?? "")
            case .unixDomainSocket: true
            case nil: false
            }
    }

    private static func isLoopback(_ address: String) -> Bool {
        address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
    }
}
