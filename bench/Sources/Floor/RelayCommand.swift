import ArgumentParser
import Foundation
import NIOCore
import NIOPosix

struct RelayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "relay", abstract: "The bare relay that `floor` runs against, in a process of its own.",
        shouldDisplay: false)

    @Option(help: "Listen on this port until the process is stopped.")
    var port: Int?

    func run() async throws {
        _ = OpenFiles.raise()
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let server = try await RelayServer.start(on: loop.next(), port: port ?? 0)
        if port != nil { return try await server.closeFuture.get() }
        // The parent reads the port; it holds the other end of standard input, whose end is the end of the relay.
        print(server.localAddress?.port ?? 0)
        fflush(nil)
        while readLine() != nil {}
    }
}
