import COpenSSL
import NIOCore
import NIOPosix
import RoostCore
import RoostTransport
import Synchronization

/// Hashes passwords with OpenSSL's scrypt on threads of its own, a few at a time, and lets a bounded number wait.
public final class PasswordHasher: PasswordService {
    private let threads: NIOThreadPool
    private let parameters: ScryptParameters
    private let waitingMax: Int
    /// Requests that are being hashed or wait for it.
    private let pending = Atomic<Int>(0)
    /// Stands in for the record of a user that does not exist.
    private let dummy: PasswordRecord

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - atOnce: Hashes that run at the same time; each takes 32 MiB.
    ///   - waitingMax: Requests that may wait beside those.
    public init(atOnce: Int = Limits.passwordHashesAtOnce, waitingMax: Int = Limits.passwordQueueMax) {
        threads = NIOThreadPool(numberOfThreads: atOnce)
        threads.start()
        parameters = .standard
        self.waitingMax = atOnce + waitingMax
        dummy = PasswordRecord(
            costLog2: parameters.costLog2, blockSize: parameters.blockSize, parallelism: parameters.parallelism,
            salt: [UInt8](repeating: 0, count: ScryptParameters.saltBytes),
            hash: [UInt8](repeating: 0, count: ScryptParameters.hashBytes))
    }

    /// Stops the threads. What waits is refused.
    public func stop() async throws {
        try await threads.shutdownGracefully()
    }

    /// Hashes a new password with a salt of its own.
    public func record(of password: [UInt8]) async throws(PasswordServiceError) -> PasswordRecord {
        let salt = randomBytes(ScryptParameters.saltBytes)
        return PasswordRecord(
            costLog2: parameters.costLog2, blockSize: parameters.blockSize, parallelism: parameters.parallelism,
            salt: salt, hash: try await hash(password, salt: salt, parameters))
    }

    /// Whether the password is the one of `record`; without a record it works as long and says no.
    public func matches(
        _ password: [UInt8], _ record: PasswordRecord?
    ) async throws(PasswordServiceError) -> Bool {
        let expected = record ?? dummy
        let hash = try await hash(password, salt: expected.salt, ScryptParameters(of: expected))
        return constantTimeEqual(hash, expected.hash) && record != nil
    }

    /// Bytes of OpenSSL's generator.
    public func randomBytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            precondition(RAND_bytes(buffer.baseAddress, Int32(count)) == 1, "the system has no randomness for secrets")
            initialized = count
        }
    }

    private func hash(
        _ password: [UInt8], salt: [UInt8], _ parameters: ScryptParameters
    ) async throws(PasswordServiceError) -> [UInt8] {
        guard pending.add(1, ordering: .relaxed).newValue <= waitingMax else {
            pending.subtract(1, ordering: .relaxed)
            throw .overloaded(limit: waitingMax)
        }
        defer { pending.subtract(1, ordering: .relaxed) }
        let hash: [UInt8]?
        do {
            hash = try await threads.runIfActive { parameters.hash(password, salt: salt) }
        } catch {
            // Only a pool that is stopping, or a request that was abandoned, gets here.
            throw .overloaded(limit: waitingMax)
        }
        guard let hash else { throw .failed }
        return hash
    }
}
