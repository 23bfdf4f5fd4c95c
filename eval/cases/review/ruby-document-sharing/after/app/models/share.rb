# frozen_string_literal: true

class Share < ApplicationRecord
  belongs_to :document
  belongs_to :user

  validates :user_id, uniqueness: { scope: :document_id }
  validate :not_with_owner

  private

  def not_with_owner
    errors.add(:user, 'owns the document') if document && user_id == document.owner_id
  end
end
