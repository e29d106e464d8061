import Glibc
import NIOCore
import RoostTransport
import Testing

@Suite("The listener of the client port")
struct ListenerTests {
    @Test("does not spin when it is out of file descriptors, and accepts again later")
    func outOfDescriptors() async throws {
        try await TestServer.run { server in
            // The guard comes with the first connection.
            let early = try await server.webSocket()
            server.listener.pipeline.fireErrorCaught(IOError(errnoCode: EMFILE, reason: "accept"))
            #expect(await early.echoes("still here"))
            #expect(try await !server.listener.getOption(.autoRead).get())

            // The kernel takes the connection, the server only after its pause.
            let late = try await server.connect()
            late.send(RawClient.upgrade())
            #expect(await late.waits { $0.isUpgraded })
            #expect(try await server.listener.getOption(.autoRead).get())
            #expect(await late.echoes("here too"))
        }
    }

    @Test("leaves files for the rest of the process", arguments: [(256, 192), (1024, 896), (20_000, 17_500), (10, 1)])
    func connections(fileDescriptors: Int, expected: Int) {
        #expect(ClientPort.connectionsMax(fileDescriptors: fileDescriptors) == expected)
    }
}
