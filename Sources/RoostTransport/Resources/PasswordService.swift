import RoostCore

/// Why a password was not looked at.
public enum PasswordServiceError: Error, Equatable, Sendable {
    /// `limit` requests wait already.
    case overloaded(limit: Int)
    /// The node lacks the memory for a hash.
    case failed
}

/// Slow hashes of passwords, off the event loops, and the random bytes of secrets.
public protocol PasswordService: Sendable {
    /// Hashes a new password with a salt of its own.
    func record(of password: [UInt8]) async throws(PasswordServiceError) -> PasswordRecord

    /// Whether the password is the one of `record`. Without a record the answer is no, after the same work, so that
    /// the time it takes does not tell which users exist.
    func matches(_ password: [UInt8], _ record: PasswordRecord?) async throws(PasswordServiceError) -> Bool

    /// Random bytes that nobody can guess.
    func randomBytes(_ count: Int) -> [UInt8]
}

extension PasswordService {
    /// A number that nobody can guess.
    func randomNumber() -> UInt64 { randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) } }
}
