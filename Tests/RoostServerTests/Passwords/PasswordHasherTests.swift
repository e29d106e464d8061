import RoostCore
import RoostServer
import RoostTransport
import Testing

@Suite("Password hashes", .serialized)
struct PasswordHasherTests {
    @Test("take the password they were made of and no other, each with a salt of its own")
    func roundTrip() async throws {
        let hasher = PasswordHasher()
        let password = Array("correct horse".utf8)
        let record = try await hasher.record(of: password)
        #expect(record.costLog2 == 15)
        #expect(record.blockSize == 8)
        #expect(record.parallelism == 3)
        #expect(try await hasher.matches(password, record))
        #expect(try await !hasher.matches(Array("correct horsf".utf8), record))
        #expect(try await !hasher.matches([], record))
        let other = try await hasher.record(of: password)
        #expect(other.salt != record.salt)
        #expect(other.hash != record.hash)
        try await hasher.stop()
    }

    @Test("are scrypt's: the third vector of RFC 7914 section 12")
    func vector() async throws {
        let hasher = PasswordHasher()
        let expected =
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        let record = PasswordRecord(
            costLog2: 14, blockSize: 8, parallelism: 1, salt: Array("SodiumChloride".utf8), hash: bytes(of: expected))
        #expect(try await hasher.matches(Array("pleaseletmein".utf8), record))
        try await hasher.stop()
    }

    @Test("take as long for a user that does not exist")
    func stranger() async throws {
        let hasher = PasswordHasher()
        let password = Array("correct horse".utf8)
        let record = try await hasher.record(of: password)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try await !hasher.matches([1], record))
        let known = clock.now - start
        #expect(try await !hasher.matches(password, nil))
        let unknown = clock.now - start - known
        #expect(unknown > known / 4)
        #expect(known > unknown / 4)
        try await hasher.stop()
    }

    @Test("refuse parameters that would exhaust the node, and requests beyond the queue")
    func limits() async throws {
        let hasher = PasswordHasher(atOnce: 1, waitingMax: 1)
        let absurd = PasswordRecord(costLog2: 30, blockSize: 64, parallelism: 64, salt: [1], hash: [1])
        await #expect(throws: PasswordServiceError.failed) { try await hasher.matches([1], absurd) }
        for cost in [0, 63, 64, 255] as [UInt8] {
            let odd = PasswordRecord(costLog2: cost, blockSize: 8, parallelism: 1, salt: [1], hash: [1])
            await #expect(throws: PasswordServiceError.failed) { try await hasher.matches([1], odd) }
        }
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    do throws(PasswordServiceError) {
                        _ = try await hasher.record(of: [1])
                        return true
                    } catch {
                        #expect(error == .overloaded(limit: 2))
                        return false
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains(false))
        #expect(outcomes.filter { $0 }.count >= 2)
        #expect(try await hasher.record(of: [1]).hash.count == 32)
        try await hasher.stop()
        await #expect(throws: PasswordServiceError.overloaded(limit: 2)) { try await hasher.record(of: [1]) }
    }

    private func bytes(of hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.utf8.compactMap { hexadecimalValue(of: $0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
