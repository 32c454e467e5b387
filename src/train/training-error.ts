/** Why training cannot go on, in words for people; `code` is stable. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
  readonly code: TrainingErrorCode;

  constructor(code: TrainingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type TrainingErrorCode =
  | 'PYTHON_NOT_FOUND'
  | 'PYTHON_INCOMPLETE'
  | 'UNUSABLE_PHOTOS'
  | 'UNUSABLE_CONFIG'
  | 'NOT_A_RUN'
  | 'TRAINER_FAILED';
